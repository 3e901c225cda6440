# The files and directories that hold private keys, as the units have to wait for them.
{ lib, cfg }:
lib.optional (cfg.gnupg.home != null) cfg.gnupg.home
++ map toString cfg.gnupg.sshKeyPaths
++ lib.optional (cfg.age.keyFile != null) (toString cfg.age.keyFile)
++ map toString cfg.age.sshKeyPaths
# Those that the environment names, as sops does.
++ lib.filter (lib.hasPrefix "/") (
  map (name: toString (cfg.environment.${name} or "")) [
    "SOPS_AGE_KEY_FILE"
    "SOPS_AGE_SSH_PRIVATE_KEY_FILE"
    "XDG_CONFIG_HOME"
  ]
  # By itself sops looks into the home.
  ++ lib.optional (cfg.environment ? HOME) "${toString cfg.environment.HOME}/.ssh/id_ed25519"
)
