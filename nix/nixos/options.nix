# The options of the NixOS module, and nothing else.
{
  config,
  options,
  lib,
  pkgs,
  hostsealTiming,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.sops;
  users = config.users.users;

  # A host key that is itself a secret cannot open the secrets.
  paths = map (secret: secret.path) (lib.attrValues cfg.secrets);
  hostKeys =
    type:
    lib.optionals (config.services.openssh.enable || config.services.openssh.generateHostKeys or false)
      (
        lib.filter (path: !lib.hasPrefix "/run/secrets" path && !lib.elem path paths) (
          map (key: toString key.path) (lib.filter (key: key.type == type) config.services.openssh.hostKeys)
        )
      );
  timing = hostsealTiming;
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "sops" "gnupgHome" ] [ "sops" "gnupg" "home" ])
    (lib.mkRenamedOptionModule [ "sops" "sshKeyPaths" ] [ "sops" "gnupg" "sshKeyPaths" ])
  ];

  options.sops =
    import ../sops/general-options.nix { inherit lib pkgs; }
    // import ../sops/key-options.nix {
      inherit lib pkgs;
      ageSshKeys = {
        default = hostKeys "ed25519";
        defaultText = lib.literalMD "the ed25519 keys of {option}`services.openssh.hostKeys`";
      };
      gnupgSshKeys = {
        default = hostKeys "rsa";
        defaultText = lib.literalMD "the RSA keys of {option}`services.openssh.hostKeys`";
      };
    }
    // {
      secrets = mkOption {
        type = types.attrsOf (import ./secret-type.nix { inherit lib cfg users; });
        default = { };
        example = lib.literalExpression ''
          {
            "wifi/home" = { };
            tls-key = {
              owner = "nginx";
              restartUnits = [ "nginx.service" ];
            };
          }
        '';
        description = "The secrets of this machine. Each becomes a file below `/run/secrets`.";
      };

      templates = mkOption {
        type = types.attrsOf (
          import ./template-type.nix {
            inherit
              lib
              pkgs
              cfg
              users
              ;
          }
        );
        default = { };
        example = lib.literalExpression ''
          {
            "app.toml".content = '''
              password = "''${config.sops.placeholder.database-password}"
            ''';
          }
        '';
        description = "Files with secrets in them. Each is rendered below `/run/secrets/rendered`.";
      };

      # What containers.nix makes of `sops.containers`, for the units.
      containerPhases = mkOption {
        type = types.attrsOf types.unspecified;
        default = { };
        internal = true;
        visible = false;
        description = "The manifests of containers.";
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

      useTmpfs = mkOption {
        type = types.bool;
        default = false;
        example = true;
        description = ''
          Whether secrets lie in a tmpfs with `noswap` instead of a ramfs. A kernel before 6.4 has no `noswap`; secrets
          then stay in a ramfs, since a tmpfs can be swapped out to a disk.
        '';
      };

      useSystemdActivation = mkOption {
        type = types.bool;
        default = timing.usersByUnit;
        defaultText = lib.literalMD ''
          whether a unit makes the users: {option}`services.userborn.enable` or {option}`systemd.sysusers.enable`
        '';
        example = false;
        description = ''
          Whether units install the secrets, and not activation scripts. Secrets that are `neededForUsers` are installed by
          a script in any case where a script makes the users. Where this is not set, units do the work unless something
          needs a script: see *Units by default* in `docs/differences.md`.
        '';
      };

      agent = {
        before = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [ "early-firewall.service" ];
          description = ''
            Units that start early and need secrets. `sops-install-secrets.service` comes before them, as it comes before
            `sysinit.target`, the network and every early unit whose text names a secret. See *Boot order* in
            `docs/boot.md`.
          '';
        };

        watch = mkOption {
          type = types.bool;
          default = false;
          example = true;
          description = ''
            Whether the agent stays after the secrets are installed. It installs them again when a source outside the
            Nix store changes or when it is reloaded, and puts back what was tampered with.
          '';
        };

        statusFile = mkOption {
          type = types.nullOr types.str;
          default = null;
          example = "/run/hostseal/status.json";
          description = ''
            Where the agent writes what it installed and what failed, besides the place that `hostseal-agent status` reads.
            The secrets that are `neededForUsers` have a file of their own, whose name ends in `-for-users.json`. It holds
            no values.
          '';
        };

        metricsFile = mkOption {
          type = types.nullOr types.str;
          default = null;
          example = "/var/lib/prometheus-node-exporter-text-files/hostseal.prom";
          description = ''
            Where the agent writes its state for the textfile collector of Prometheus. It holds no values.
          '';
        };

        metricsNames = mkOption {
          type = types.bool;
          default = false;
          example = true;
          description = "Whether the metrics name the secrets.";
        };
      };
    };
}
