# The private keys that open the secrets, and which of them are secrets themselves.
{ lib, cfg }:
let
  keyFile = lib.optional (cfg.age.keyFile != null) cfg.age.keyFile;
  age = keyFile ++ map toString cfg.age.sshKeyPaths;

  secretAt =
    path:
    lib.findFirst (
      { value, ... }:
      path == value.path
      || path == "/run/secrets/${value.name}"
      || path == "/run/secrets-for-users/${value.name}"
    ) null (lib.attrsToList cfg.secrets);
in
{
  inherit age secretAt;

  # The files and directories that hold private keys, as the units have to wait for them.
  identities =
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
    );

  # A file with keys has to be there. Of the SSH keys one that is missing is skipped, so another one is enough.
  isNeeded = path: lib.elem path keyFile || lib.all (key: secretAt key != null) age;
}
