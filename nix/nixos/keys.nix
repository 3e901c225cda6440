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

  # A file with keys has to be there. Of the SSH keys one that is missing is skipped, so another one is enough.
  isNeeded = path: lib.elem path keyFile || lib.all (key: secretAt key != null) age;
}
