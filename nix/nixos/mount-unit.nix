# The name that systemd gives to the mount unit of a directory.
{ lib }:
path:
"${
  lib.replaceStrings [ "-" "/" ] [ "\\x2d" "-" ] (lib.removePrefix "/" (lib.removeSuffix "/" path))
}.mount"
