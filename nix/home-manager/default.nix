# The home-manager module. A unit of the user installs the secrets at login, and an activation script has it do so
# when the configuration changes.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.sops;
  active = cfg.secrets != { } || cfg.templates != { };
  manifest = import ./manifest.nix { inherit lib pkgs cfg; };
  linux = pkgs.stdenv.isLinux;

  gnupg =
    cfg.gnupg.home != null || lib.getName cfg.package != "hostseal-agent" && cfg.gnupg.sshKeyPaths != [ ];
  path = lib.concatStringsSep ":" (
    map (package: "${lib.getBin package}/bin") cfg.age.plugins
    ++ lib.optional (!linux) "/usr/bin:/bin:/usr/sbin:/sbin"
  );

  script = import ./script.nix { inherit lib pkgs cfg; } manifest;
in
{
  imports = [ ./options.nix ];

  config = lib.mkIf active {
    assertions = import ./assertions.nix { inherit lib cfg; };
    warnings =
      import ../sops/entry-warnings.nix { inherit lib; } { inherit (cfg) secrets templates; }
      ++ lib.optional (cfg.age.generateKey && cfg.age.keyFile == null) ''
        sops.age.generateKey does not say where the key goes, so none is generated.
        Write: sops.age.keyFile = "''${config.xdg.configHome}/sops/age/keys.txt";
      ''
      ++ import ../sops/unsafe-keys.nix { inherit lib cfg; } {
        inHome = false;
        write = ''sops.age.sshKeyPaths = [ "''${config.home.homeDirectory}/.ssh/id_ed25519" ];'';
      }
      ++ import ../sops/stand-in-warning.nix { inherit lib cfg; };

    sops.placeholderAs = import ../sops/placeholder-as.nix { inherit lib; } cfg.placeholder;
    sops.placeholder = lib.mkIf (cfg.templates != { }) (
      lib.mapAttrs (
        name: _: lib.mkDefault "<SOPS:${builtins.hashString "sha256" name}:PLACEHOLDER>"
      ) cfg.secrets
    );

    sops.environment = {
      # The program of the QubesOS package is no part of nixpkgs and comes from PATH.
      SOPS_GPG_EXEC = lib.mkMerge [
        (lib.mkIf gnupg (lib.mkDefault "${cfg.gnupg.package}/bin/gpg"))
        (lib.mkIf cfg.gnupg.qubes-split-gpg.enable (
          lib.mkDefault config.home.sessionVariables.SOPS_GPG_EXEC
        ))
      ];
      PATH = lib.mkIf (path != "") (lib.mkDefault path);
      QUBES_GPG_DOMAIN = lib.mkIf cfg.gnupg.qubes-split-gpg.enable (
        lib.mkDefault cfg.gnupg.qubes-split-gpg.domain
      );
    };

    home.sessionVariables = lib.mkIf cfg.gnupg.qubes-split-gpg.enable {
      SOPS_GPG_EXEC = "qubes-gpg-client-wrapper";
    };

    systemd.user.services.sops-nix = lib.mkIf linux {
      Unit.Description = "sops-nix activation";
      Service = {
        Type = "oneshot";
        Environment = lib.concatStringsSep " " (
          lib.mapAttrsToList (name: value: "'${name}=${value}'") cfg.environment
        );
        UnsetEnvironment = "NODE_EXTRA_CA_CERTS NODE_OPTIONS NODE_PATH";
        ExecStart = script;
      };
      Install.WantedBy = [
        (if cfg.gnupg.home != null then "graphical-session-pre.target" else "default.target")
      ];
    };

    launchd.agents.sops-nix = {
      enable = true;
      config = {
        Program = script;
        EnvironmentVariables = cfg.environment;
        KeepAlive = false;
        RunAtLoad = true;
        StandardOutPath = "${config.home.homeDirectory}/Library/Logs/SopsNix/stdout";
        StandardErrorPath = "${config.home.homeDirectory}/Library/Logs/SopsNix/stderr";
      };
    };

    home.activation.sops-nix = import ./activation.nix {
      inherit
        config
        lib
        linux
        script
        ;
    };
  };
}
