# Assertions about paths: two files at one place, and passwords that are read before they are there.
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
  entries =
    lib.mapAttrsToList (name: entry: {
      option = option "secrets" name;
      inherit (entry) path;
    }) cfg.secrets
    ++ lib.mapAttrsToList (name: entry: {
      option = option "templates" name;
      inherit (entry) path;
    }) cfg.templates;

  byPath = lib.groupBy (entry: entry.path) entries;

  regular = lib.attrsToList phases.regular.secrets;
  passwordOf =
    path:
    lib.findFirst (
      { value, ... }: path == value.path || path == "/run/secrets/${value.name}"
    ) null regular;
in
lib.mapAttrsToList (
  path: same:
  refuse ''
    ${lib.concatMapStringsSep " and " (entry: entry.option) same} both have the path ${path}.
    Write: ${(lib.last same).option}.path = "/another/place";
  ''
) (lib.filterAttrs (_: same: lib.length same > 1) byPath)
++ lib.concatLists (
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
