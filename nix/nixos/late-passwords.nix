# Passwords that are read before they are there: a warning for each.
{
  config,
  lib,
  phases,
}:
let
  option = name: "sops.secrets.${lib.strings.escapeNixIdentifier name}";
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
    lib.optional (account.enable or true && path != null && secret != null) ''
      users.users.${lib.strings.escapeNixIdentifier user}.hashedPasswordFile is the secret "${secret.name}", which is installed after users are
      made: a new user has no password until the next switch, and a changed one comes a switch late.
      Write: ${option secret.name}.neededForUsers = true;
    ''
  ) config.users.users
)
