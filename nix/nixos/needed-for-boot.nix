# Whether NixOS mounts a file system before stage 2: for some places it does, whatever their options say.
{ lib }:
fs:
(fs.neededForBoot or false)
|| lib.elem fs.mountPoint [
  "/"
  "/nix"
  "/nix/store"
  "/var"
  "/var/log"
  "/var/lib"
  "/var/lib/nixos"
  "/etc"
  "/usr"
]
