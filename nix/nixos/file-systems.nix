# What NixOS and systemd make of the place of a file system.
{ lib }:
{
  # Whether it is mounted before stage 2: for some places it is, whatever its options say.
  neededForBoot =
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
    ];

  # The name of the mount unit of a directory.
  mountUnit =
    path:
    "${
      lib.replaceStrings [ "-" "/" ] [ "\\x2d" "-" ] (lib.removePrefix "/" (lib.removeSuffix "/" path))
    }.mount";
}
