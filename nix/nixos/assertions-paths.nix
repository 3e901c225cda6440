# Assertions about paths: passwords that are read before they are there.
{
  config,
  lib,
  cfg,
  phases,
}:
let
  refuse = message: {
    assertion = false;
    inherit message;
  };
  option = kind: name: "sops.${kind}.${lib.strings.escapeNixIdentifier name}";
  regular = lib.attrsToList phases.regular.secrets;
  passwordOf =
    path:
    lib.findFirst (
      { value, ... }: path == value.path || path == "/run/secrets/${value.name}"
    ) null regular;
in
lib.concatLists (
  lib.mapAttrsToList (
    user: account:
    let
      path = account.hashedPasswordFile or null;
      secret = passwordOf path;
    in
    lib.optional (account.enable or true && path != null && secret != null) (refuse ''
      users.users.${lib.strings.escapeNixIdentifier user}.hashedPasswordFile is the secret "${secret.name}", which is installed after users are made.
      Write: ${option "secrets" secret.name}.neededForUsers = true;
    '')
  ) config.users.users
)
