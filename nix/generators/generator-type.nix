# One generator: values that are made together. The names, types and defaults of clan's options, and ours beside them.
{
  lib,
  pkgs,
  placeOf,
}:
let
  inherit (lib) mkOption types;
  names =
    description: example:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit description example;
    };

  # Attributes up to three deep, and no lists.
  leaf = types.nullOr (
    types.oneOf [
      types.bool
      types.int
      types.str
    ]
  );
  validation = lib.foldl' (inner: _: types.either leaf (types.attrsOf inner)) leaf [
    1
    2
    3
  ];
in
types.submodule (
  { config, name, ... }:
  {
    options = {
      name = mkOption {
        type = types.str;
        default = name;
        readOnly = true;
        description = "The name of the generator.";
      };
      share = mkOption {
        type = types.bool;
        default = false;
        example = true;
        description = "Whether all machines that declare it have one value.";
      };
      dependencies = names "Generators of the same machine, or shared ones, whose files it uses." [ "ca" ];
      files = mkOption {
        type = types.attrsOf (
          import ./file-type.nix {
            inherit lib placeOf;
            generator = config;
          }
        );
        default = { };
        example = lib.literalExpression "{ password.make.random = { }; }";
        description = "What it makes.";
      };
      prompts = mkOption {
        type = types.attrsOf (import ./prompt-type.nix { inherit lib; });
        default = { };
        example = lib.literalExpression "{ token.type = \"hidden\"; }";
        description = "What a person is asked first.";
      };
      script = mkOption {
        type = types.either types.str types.path;
        default = "";
        example = "head -c 32 /dev/urandom | base64 > $out/key";
        description = ''
          For bash: makes the files that have no `make`, in `$out`, from `$in/<generator>/<file>` and `$prompts/<prompt>`. It runs in a
          sandbox on the machine of whoever generates; see *Scripts* in `docs/vars.md`.
        '';
      };
      runtimeInputs = mkOption {
        type = types.listOf types.package;
        default = [ ];
        example = lib.literalExpression "[ pkgs.openssl ]";
        description = "Packages whose programs the script finds, besides coreutils.";
      };
      finalScript = mkOption {
        type = types.package;
        internal = true;
        readOnly = true;
        description = "The script with its programs.";
        default = pkgs.writeShellScript "generator-${name}" ''
          set -euo pipefail
          export PATH=${lib.makeBinPath (config.runtimeInputs ++ [ pkgs.coreutils ])}
          ${if lib.isString config.script then config.script else builtins.readFile config.script}
        '';
      };
      validation = mkOption {
        type = validation;
        default = null;
        example = lib.literalExpression "config.networking.domain";
        description = "What the values are made for; another one has them made anew.";
      };
      validationHash = mkOption {
        type = types.nullOr types.str;
        internal = true;
        readOnly = true;
        default =
          if config.validation == null then
            null
          else
            builtins.hashString "sha256" (builtins.toJSON config.validation);
        description = "The hash of it.";
      };
      readers = {
        users = names "Users of the repository who read its secrets, besides whoever generates." [ "alice" ];
        groups = names "Groups of the repository that read its secrets." [ "admins" ];
      };
      rotate = {
        maxAge = mkOption {
          type = types.nullOr (types.either types.ints.positive (types.strMatching "[1-9][0-9]*[hdwy]"));
          default = null;
          example = "90d";
          description = "When `hostseal rotate --due` replaces it: seconds, or a number of `h`, `d`, `w`, `y`.";
        };
        overlap = mkOption {
          type = types.bool;
          default = false;
          example = true;
        description = "Whether the old value stays readable beside a new one, as `<file>.previous`, until `hostseal rotate --finish`.";
        };
        confirm = mkOption {
          type = types.nullOr types.bool;
          default = null;
          defaultText = lib.literalMD "whether a file is `neededFor` `partitioning`";
          example = true;
        description = "Whether its name has to be typed before it is replaced: something may be lost without the old value.";
        };
        apply = mkOption {
          type = types.nullOr types.lines;
          default = null;
          example = "psql -c \"ALTER ROLE app PASSWORD '$(cat $CREDENTIALS_DIRECTORY/password)'\"";
          description = ''
            A script that a unit of the machine runs with a new value before the units of `restartUnits` are restarted, and at each
            boot. It finds secrets in `$CREDENTIALS_DIRECTORY`, by their names, and the old one of `overlap` as `<file>.previous`.
          '';
        };
      };
    };

    # An answer that is kept is a file.
    config.files = lib.mapAttrs (_: _: { }) (lib.filterAttrs (_: prompt: prompt.persist) config.prompts);
  }
)
