# Which of `fields` (owner, group, uid, gid) say that a file belongs to somebody else than root, as a text.
{ lib }:
entry: fields:
let
  root = [
    null
    "root"
    "0"
    0
  ];
in
lib.concatMapStringsSep " and " (field: "${field} = ${builtins.toJSON entry.${field}}") (
  lib.filter (field: !lib.elem entry.${field} root) fields
)
