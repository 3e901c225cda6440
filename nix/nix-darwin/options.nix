# The options of the nix-darwin module, and nothing else.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.sops;
  owner = import ../sops/owner-options.nix { inherit lib; };
  paths = map (secret: secret.path) (lib.attrValues cfg.secrets);
  hostKey = path: {
    default = lib.optional (!lib.elem path paths) path;
    defaultText = lib.literalExpression ''[ "${path}" ]'';
  };

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
        // options.hash
        // options.binding
        // options.handling
        // options.parents
        // options.empty
        // options.standIn
        // owner.ids
        // owner.names {
          owner.default = "root";
          group.default = "staff";
        }
        // {
          path = mkOption {
            type = types.str;
            default =
              if config.neededForUsers then
                "/run/secrets-for-users/${config.name}"
              else
                "/run/secrets/${config.name}";
            defaultText = lib.literalMD "`/run/secrets/\${name}`, or `/run/secrets-for-users/\${name}` if `neededForUsers`";
            example = "/etc/app/token";
            description = "Where the secret is found. Any place but its own becomes a symbolic link to it.";
          };

          neededForUsers = mkOption {
            type = types.bool;
            default = false;
            example = true;
            description = ''
              Whether the secret is found in `/run/secrets-for-users`. nix-darwin does not set passwords, so it has no
              other effect here.
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
      template = import ../sops/template-options.nix {
        inherit
          lib
          pkgs
          config
          options
          name
          ;
        directory = "/run/secrets/rendered";
      };
      secret = import ../sops/secret-options.nix {
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
        template.source
        // secret.handling
        // secret.parents
        // owner.ids
        // owner.names {
          owner = { };
          group = {
            default = if config.owner != null then "staff" else null;
            defaultText = lib.literalMD "`staff` if there is an owner";
          };
        };
    }
  );
in
{
  options.sops =
    import ../sops/general-options.nix { inherit lib pkgs; }
    // import ../sops/key-options.nix {
      inherit lib pkgs;
      ageSshKeys = hostKey "/etc/ssh/ssh_host_ed25519_key";
      gnupgSshKeys = hostKey "/etc/ssh/ssh_host_rsa_key";
    }
    // {
      secrets = mkOption {
        type = types.attrsOf secret;
        default = { };
        example = lib.literalExpression "{ token.owner = \"alice\"; }";
        description = "The secrets of this machine. Each becomes a file below `/run/secrets`.";
      };

      templates = mkOption {
        type = types.attrsOf template;
        default = { };
        example = lib.literalExpression ''
          { "app.toml".content = "token = ''${config.sops.placeholder.token}"; }
        '';
        description = "Files with secrets in them. Each is rendered below `/run/secrets/rendered`.";
      };

      validationPackage = mkOption {
        type = types.package;
        default =
          if pkgs.stdenv.buildPlatform == pkgs.stdenv.hostPlatform then
            cfg.package
          else
            (import ../packages.nix { pkgs = pkgs.pkgsBuildHost; }).hostseal-agent;
        defaultText = lib.literalMD "{option}`sops.package`, made for the machine that builds";
        example = lib.literalExpression "hostseal.packages.x86_64-linux.hostseal-agent";
        description = "The package that checks manifests. It runs on the machine that builds the system.";
      };
    };
}
