# Private keys on file systems that the network brings.
{
  config,
  lib,
  cfg,
}:
let
  early = import ./early.nix { inherit config lib cfg; };
  inherit (import ./keys.nix { inherit lib cfg; }) identities;
  isRemote =
    fs:
    lib.elem (fs.fsType or "") [
      "cifs"
      "nfs"
      "nfs4"
      "9p"
    ] && !(fs.neededForBoot or false)
    || lib.elem "_netdev" (fs.options or [ ]);
  places =
    map (fs: fs.mountPoint) (lib.filter isRemote (lib.attrValues (config.fileSystems or { })))
    ++ map (mount: mount.where) (lib.filter (mount: !early.isLocalMount mount) early.mounts);
in
{
  # The keys that the boot would wait for in a circle.
  keys = lib.filter (key: lib.any (place: lib.hasPrefix "${place}/" key) places) identities;
}
