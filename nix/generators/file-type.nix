# One file of a generator.
{
  lib,
  generator,
  placeOf,
}:
let
  inherit (lib) mkOption types;
in
types.submodule (
  { config, name, ... }:
  let
    place = placeOf generator.name generator.share name;
    refused = what: throw "sops.generators.${generator.name}.files.${name} is secret, and has no ${what}";
  in
  {
    options = {
      name = mkOption {
        type = types.str;
        default = name;
        readOnly = true;
        description = "The name of the file.";
      };
      secret = mkOption {
        type = types.bool;
        default = true;
        example = false;
        description = "Whether it is encrypted. If not, it is for everybody to read, in the repository and in the Nix store.";
      };
      deploy = mkOption {
        type = types.bool;
        default = true;
        example = false;
        description = "Whether machines get it. If not, it is there for other generators.";
      };
      owner = mkOption {
        type = types.str;
        default = "root";
        example = "nginx";
        description = "Who owns it on the machine.";
      };
      group = mkOption {
        type = types.str;
        default = "root";
        example = "nginx";
        description = "Its group on the machine.";
      };
      mode = mkOption {
        type = types.strMatching "^[0-7]{4}$";
        default = "0400";
        example = "0440";
        description = "Its mode on the machine, in octal.";
      };
      neededFor = mkOption {
        type = types.enum [
          "partitioning"
          "activation"
          "users"
          "services"
        ];
        default = "services";
        example = "users";
        description = ''
          When the machine needs it. `users` is before users are made, in `/run/secrets-for-users`. What disks are opened with
          (`partitioning`) is not replaced before its name is typed.
        '';
      };
      restartUnits = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "nginx.service" ];
        description = "Units that are restarted when it changes.";
      };
      make = mkOption {
        type = types.nullOr (import ./make-type.nix { inherit lib; });
        default = null;
        example = lib.literalExpression "{ random = { length = 24; }; }";
        description = "How it is made. Null stands for the script of the generator.";
      };
      path = mkOption {
        type = types.str;
        readOnly = true;
        default = if config.secret then place.secretPath config.neededFor else "${place.public}";
        defaultText = lib.literalMD "`/run/secrets/vars/…`, and of a public file its copy in the store";
        description = "Where it is found on the machine.";
      };
      value = mkOption {
        type = types.str;
        default = if config.secret then refused "value" else builtins.readFile place.public;
        defaultText = lib.literalMD "the content of the public file";
        example = "age1example";
        description = "What a public file holds, byte for byte. Before it is generated it has none, which is an error.";
      };
      exists = mkOption {
        type = types.bool;
        default = if config.secret then refused "exists" else place.exists;
        defaultText = lib.literalMD "whether it has been generated";
        example = true;
        description = "Whether a public file has been generated.";
      };
      flakePath = mkOption {
        type = types.path;
        default = if config.secret then refused "flakePath" else place.source;
        defaultText = lib.literalMD "the file in the repository";
        example = lib.literalExpression "./vars/shared/ca/certificate/value";
        description = "Where a public file lies in the repository.";
      };
      placeholder = mkOption {
        type = types.str;
        readOnly = true;
        default = "<HOSTSEAL:file/${generator.name}/${name}>";
        description = "What stands for its value in `make.template`, of the same generator and of those that depend on it.";
      };
    };
  }
)
