# The program that installs the secrets of a user, at login and when a home is activated.
{
  lib,
  pkgs,
  cfg,
}:
manifest:
let
  keyFile = lib.escapeShellArg cfg.age.keyFile;
in
toString (
  pkgs.writeShellScript "sops-nix-user" (
    lib.optionalString (cfg.age.generateKey && cfg.age.keyFile != null) ''
      if [[ ! -f ${keyFile} ]]; then
        echo generating machine-specific age key...
        ${pkgs.coreutils}/bin/mkdir -p "$(${pkgs.coreutils}/bin/dirname ${keyFile})"
        # age-keygen makes the file with mode 0600.
        ${pkgs.age}/bin/age-keygen -o ${keyFile}
      fi
    ''
    + ''
      ${cfg.package}/bin/sops-install-secrets -ignore-passwd ${manifest}
    ''
  )
)
