# The nix-darwin module. The activation script installs the secrets, and launchd does so at boot.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.sops;
  inherit (import ./phases.nix { inherit lib pkgs cfg; }) regular users;

  keyFile = lib.escapeShellArg cfg.age.keyFile;
  generateAgeKey = lib.optionalString (cfg.age.generateKey && cfg.age.keyFile != null) ''
    if [[ ! -f ${keyFile} ]]; then
      echo generating machine-specific age key...
      mkdir -p "$(dirname ${keyFile})"
      # age-keygen makes the file with mode 0600.
      ${pkgs.age}/bin/age-keygen -o ${keyFile}
    fi
  '';

  daemon = script: {
    command = "sh -c ${lib.escapeShellArg script}";
    serviceConfig = {
      RunAtLoad = true;
      KeepAlive = false;
    };
  };
in
{
  imports = [
    ./options.nix
    ../sops/repository-import.nix
  ];

  config = lib.mkMerge [
    {
      system.build.sops-nix-manifest = regular.manifest;
      system.build.sops-nix-users-manifest = users.manifest;
      sops.placeholderAs = import ../sops/placeholder-as.nix { inherit lib; } cfg.placeholder;

      sops.placeholder = lib.mkIf (cfg.templates != { }) (
        lib.mapAttrs (
          name: _: lib.mkDefault "<SOPS:${builtins.hashString "sha256" name}:PLACEHOLDER>"
        ) cfg.secrets
      );
    }

    (lib.mkIf (regular.active || users.active) {
      assertions = import ./assertions.nix { inherit lib cfg; };
      warnings = import ../sops/entry-warnings.nix { inherit lib; } { inherit (cfg) secrets templates; } ++ lib.optional (cfg.age.generateKey && cfg.age.keyFile == null) ''
        sops.age.generateKey does not say where the key goes, so none is generated.
        Write: sops.age.keyFile = "/var/lib/sops-nix/key.txt";
      ''
      ++ import ../sops/stand-in-warning.nix { inherit lib cfg; };
      # Behind the plugins stand the programs that make a memory disk: hdiutil, newfs_hfs, mount.
      sops.environment.PATH = lib.mkDefault (
        lib.concatStringsSep ":" (
          map (package: "${lib.getBin package}/bin") cfg.age.plugins ++ [ "/usr/bin:/bin:/usr/sbin:/sbin" ]
        )
      );
    })

    (lib.mkIf (cfg.gnupg.home != null) {
      sops.environment.SOPS_GPG_EXEC = lib.mkDefault "${cfg.gnupg.package}/bin/gpg";
    })

    (lib.mkIf regular.active {
      launchd.daemons.sops-install-secrets = daemon (generateAgeKey + regular.script);
    })

    (lib.mkIf users.active {
      launchd.daemons.sops-install-secrets-for-users = daemon (generateAgeKey + users.script);
    })

    (lib.mkIf (regular.active || users.active) {
      system.activationScripts.postActivation.text = lib.mkAfter (
        generateAgeKey
        + lib.optionalString users.active users.script
        + lib.optionalString regular.active regular.script
      );
    })
  ];
}
