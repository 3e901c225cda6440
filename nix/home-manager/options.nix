# The options of the home-manager module, and nothing else.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.sops;

  secret = types.submodule (
    { config, name, ... }:
    let
      options = import ../sops/secret-options.nix {
        inherit
          lib
          cfg
          config
          name
          ;
      };
    in
    {
      options =
        options.source
        // options.units
        // options.binding
        // options.handling
        // options.empty
        // options.standIn
        // {
          path = mkOption {
            type = types.str;
            default = "${cfg.defaultSymlinkPath}/${config.name}";
            defaultText = lib.literalExpression ''"''${config.sops.defaultSymlinkPath}/''${name}"'';
            example = "%r/app/token";
            description = ''
              Where the secret is found. Any place but its own becomes a symbolic link to it. `%r` stands for
              `$XDG_RUNTIME_DIR`, and on macOS for the user's directory for temporary files.
            '';
          };
        };
    }
  );

  template = types.submodule (
    {
      config,
      options,
      name,
      ...
    }:
    let
      arguments = {
        inherit
          lib
          cfg
          config
          name
          ;
      };
      template = import ../sops/template-options.nix (
        removeAttrs arguments [ "cfg" ]
        // {
          inherit pkgs options;
          directory = "${cfg.defaultSymlinkPath}/rendered";
        }
      );
      secret = import ../sops/secret-options.nix arguments;
    in
    {
      options = template.source // secret.units // secret.handling;
    }
  );

  none = {
    default = [ ];
  };
  keys = import ../sops/key-options.nix {
    inherit lib pkgs;
    ageSshKeys = none;
    gnupgSshKeys = none;
  };
in
{
  options.sops = import ../sops/general-options.nix { inherit lib pkgs; } // {
    inherit (keys) age;
    gnupg = keys.gnupg // {
      qubes-split-gpg = {
        enable = lib.mkEnableOption "GnuPG in another qube: <https://www.qubes-os.org/doc/split-gpg>";

        domain = mkOption {
          type = types.nullOr types.str;
          default = null;
          example = "vault-gpg";
          description = "The qube that holds the GnuPG keys.";
        };
      };
    };

    secrets = mkOption {
      type = types.attrsOf secret;
      default = { };
      example = lib.literalExpression ''{ token.restartUnits = [ "app.service" ]; }'';
      description = "The secrets of this user. The units they name are the user's own.";
    };

    templates = mkOption {
      type = types.attrsOf template;
      default = { };
      example = lib.literalExpression ''
        { "app.toml".content = "token = ''${config.sops.placeholder.token}"; }
      '';
      description = "Files with secrets in them.";
    };

    defaultSymlinkPath = mkOption {
      type = types.str;
      default = "${config.xdg.configHome}/sops-nix/secrets";
      defaultText = lib.literalExpression ''"''${config.xdg.configHome}/sops-nix/secrets"'';
      example = "/home/alice/secrets";
      description = "Where the current secrets are found.";
    };

    defaultSecretsMountPoint = mkOption {
      type = types.str;
      default = "%r/secrets.d";
      example = "/run/user/1000/secrets.d";
      description = "Where the generations of secrets lie: a directory in memory. `%r` stands for `$XDG_RUNTIME_DIR`.";
    };
  };
}
