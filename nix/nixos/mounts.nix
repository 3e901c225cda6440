# The memory file systems that the secrets lie in. They are units of their own: the agent may not mount, and a mount
# that it made would not be seen outside of its sandbox.
{
  lib,
  config,
  options,
  cfg,
  phases,
}:
let
  # `noswap` came with Linux 6.4. Without it a tmpfs can end up on a disk, so it is a ramfs then.
  noswap =
    !(options.boot ? kernelPackages)
    || lib.versionAtLeast config.boot.kernelPackages.kernel.version "6.4";
  tmpfs = cfg.useTmpfs && noswap;
in
map (phase: {
  description = "Memory for secrets below ${phase.symlinkPath}";
  what = if tmpfs then "tmpfs" else "ramfs";
  where = phase.secretsMountPoint;
  type = if tmpfs then "tmpfs" else "ramfs";
  options = "mode=0751,nodev,nosuid,noexec${lib.optionalString tmpfs ",noswap"}";
  # Early: before what local-fs.target waits for. Unmounted after the units that use it have stopped.
  unitConfig.DefaultDependencies = "no";
  conflicts = [ "umount.target" ];
  before = [ "umount.target" ];
}) phases
