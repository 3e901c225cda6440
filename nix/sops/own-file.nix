# What the sops file of a secret is called where people change it: from the root of a flake, of the repository, or with
# the directory that it lies in. Null for a text, which tells nothing but the path of the store.
{ lib }:
secret:
let
  text = toString secret.sopsFile;
  inStore = builtins.match "${builtins.storeDir}/[^/]+/(.+)" text;
  parts = lib.splitString "/" text;
in
if (secret.place or null) != null && !lib.isPath secret.sopsFile then
  "${secret.place}/secret"
else if !lib.isPath secret.sopsFile then
  null
else if inStore != null then
  lib.head inStore
else if lib.hasPrefix builtins.storeDir text then
  null
else
  # Where the whole of it lies says nothing about the configuration.
  lib.concatStringsSep "/" (lib.drop (lib.length parts - 2) parts)
