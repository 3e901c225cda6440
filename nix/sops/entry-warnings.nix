# What sops-nix installs as well and is not what it looks like: names, paths and modes of secrets and templates.
{ lib }:
{ secrets, templates }:
let
  option = kind: name: "sops.${kind}.${lib.strings.escapeNixIdentifier name}";
  entries =
    lib.mapAttrsToList (name: entry: {
      option = option "secrets" name;
      inherit (entry) name path mode;
    }) secrets
    ++ lib.mapAttrsToList (name: entry: {
      option = option "templates" name;
      inherit (entry) name path mode;
    }) templates;
  byPath = lib.groupBy (entry: entry.path) entries;
in
(import ./file-names.nix { inherit lib; } { inherit secrets templates; }).warnings
++ lib.mapAttrsToList (path: same: ''
  ${lib.concatMapStringsSep " and " (entry: entry.option) same} have the path ${path}, and the last one is there.
  Write: ${(lib.last same).option}.path = "/another/place";
'') (lib.filterAttrs (_: same: lib.length (lib.unique (map (entry: entry.name) same)) > 1) byPath)
++ map (entry: ''
  ${entry.option}.mode is "${entry.mode}", of which only the last three digits count.
  Write: ${entry.option}.mode = "0${
    lib.substring (lib.stringLength entry.mode - 3) 3 entry.mode
  }";
'') (lib.filter (entry: builtins.match "0*[0-7]{1,3}" entry.mode == null) entries)
