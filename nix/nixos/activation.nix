# Activation scripts, for hosts whose users are made by one and those where another script waits for them. Their names
# are known to other modules, which add to their `deps`; where units do the work they are there and empty, since such an
# addition alone is an error.
{
  config,
  lib,
  pkgs,
  hostsealPhases,
  hostsealTiming,
  ...
}:
let
  cfg = config.sops;
  phases = hostsealPhases;
  timing = hostsealTiming;
  inherit (timing) byScripts;

  environment = {
    HOME = "/var/empty";
    PATH = lib.makeBinPath cfg.age.plugins;
  }
  // cfg.environment;

  # As the units have it. What systemd-tmpfiles treats is put in its place at once: other scripts may want it there.
  waiting = lib.concatLists (
    lib.attrValues (import ./late-paths.nix { inherit config lib cfg; }).afterMounts
  );
  later = lib.optionalAttrs (waiting != [ ]) { HOSTSEAL_NOT_YET = lib.concatStringsSep ":" waiting; };

  generateAgeKey = cfg.age.generateKey && cfg.age.keyFile != null;

  snippet =
    {
      phase,
      byScript,
      what,
      more ? { },
      deps,
    }:
    # Which attributes there are does not depend on `byUnit`: that is found out by reading those of all scripts.
    {
      deps = lib.optionals byScript (deps ++ lib.optional generateAgeKey "generate-age-key");
      # Empty, not a comment: NixOS warns about every script that is not.
      text = lib.optionalString byScript ''
        [ -e /run/current-system ] || echo setting up ${what}...
        (
        ${
          lib.concatStrings (lib.mapAttrsToList (name: value: "  export ${name}='${value}'\n") (environment // more))
        }  ${cfg.package}/bin/sops-install-secrets ${phase.flags}${phase.manifest}
        )
      '';
    }
    // lib.optionalAttrs (config.system ? dryActivationScript) { supportsDryActivation = byScript; };
in
{
  config.system.activationScripts = {
    setupSecrets = lib.mkIf phases.regular.active (snippet {
      phase = phases.regular;
      byScript = byScripts.regular;
      what = "secrets";
      more = later;
      deps = [
        "specialfs"
        "users"
        "groups"
      ];
    });

    setupSecretsForUsers = lib.mkIf phases.users.active (snippet {
      phase = phases.users;
      byScript = byScripts.users;
      what = "secrets for users";
      deps = [ "specialfs" ];
    });

    # Where a unit makes users, this script has to be empty.
    users = lib.mkIf (phases.users.active && !timing.usersByUnit) {
      deps = [ "setupSecretsForUsers" ];
    };

    generate-age-key =
      let
        file = lib.escapeShellArg cfg.age.keyFile;
      in
      lib.mkIf generateAgeKey (
        lib.stringAfter [ ] (
          lib.optionalString (timing.byScript phases) ''
            if [[ ! -f ${file} ]]; then
              echo generating machine-specific age key...
              mkdir -p "$(dirname ${file})"
              # age-keygen makes the file with mode 0600.
              ${pkgs.age}/bin/age-keygen -o ${file}
            fi
          ''
        )
      );
  };
}
