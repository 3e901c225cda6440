# Activation scripts, for hosts whose users are made by one. Their names are known to other modules, which add to
# their `deps`; where units do the work they are there and empty, since such an addition alone is an error.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.sops;
  phases = import ./phases.nix { inherit lib pkgs cfg; };

  environment = {
    HOME = "/var/empty";
    PATH = lib.makeBinPath cfg.age.plugins;
  }
  // cfg.environment;

  generateAgeKey = cfg.age.generateKey && cfg.age.keyFile != null;

  snippet =
    {
      phase,
      what,
      deps,
    }:
    if cfg.useSystemdActivation then
      lib.stringAfter [ ] ""
    else
      lib.stringAfter (deps ++ lib.optional generateAgeKey "generate-age-key") ''
        [ -e /run/current-system ] || echo setting up ${what}...
        (
        ${
          lib.concatStrings (lib.mapAttrsToList (name: value: "  export ${name}='${value}'\n") environment)
        }  ${cfg.package}/bin/sops-install-secrets ${phase.flags}${phase.manifest}
        )
      ''
      // lib.optionalAttrs (config.system ? dryActivationScript) { supportsDryActivation = true; };
in
{
  config.system.activationScripts = {
    setupSecrets = lib.mkIf phases.regular.active (snippet {
      phase = phases.regular;
      what = "secrets";
      deps = [
        "specialfs"
        "users"
        "groups"
      ];
    });

    setupSecretsForUsers = lib.mkIf phases.users.active (snippet {
      phase = phases.users;
      what = "secrets for users";
      deps = [ "specialfs" ];
    });

    users = lib.mkIf (phases.users.active && !cfg.useSystemdActivation) {
      deps = [ "setupSecretsForUsers" ];
    };

    generate-age-key =
      let
        file = lib.escapeShellArg cfg.age.keyFile;
      in
      lib.mkIf generateAgeKey (
        lib.stringAfter [ ] (
          lib.optionalString (!cfg.useSystemdActivation) ''
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
