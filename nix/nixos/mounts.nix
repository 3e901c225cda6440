# The memory file systems that the secrets lie in. They are units of their own: the agent may not mount, and a mount
# that it made would not be seen outside of its sandbox.
{
  lib,
  pkgs,
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
  flags = "mode=0751,nodev,nosuid,noexec";
  memoryUnit = phase: "${lib.replaceStrings [ "install-secrets" ] [ "secrets-memory" ] phase.unit}";
in
{
  mounts = map (phase: {
    description = "Memory for secrets below ${phase.symlinkPath}";
    what = if tmpfs then "tmpfs" else "ramfs";
    where = phase.secretsMountPoint;
    type = if tmpfs then "tmpfs" else "ramfs";
    options = "${flags}${lib.optionalString tmpfs ",noswap"}";
    # Early: before what local-fs.target waits for. Unmounted after the units that use it have stopped.
    unitConfig = {
      DefaultDependencies = "no";
    }
    // lib.optionalAttrs tmpfs { ConditionVirtualization = "!private-users"; };
    conflicts = [ "umount.target" ];
    before = [ "umount.target" ];
  }) phases;

  # A user namespace refuses `noswap`, and may mount a ramfs.
  services = lib.optionalAttrs tmpfs (
    lib.listToAttrs (
      map (
        phase:
        lib.nameValuePair (memoryUnit phase) {
          description = "Memory for secrets below ${phase.symlinkPath} in a user namespace";
          requiredBy = [ "${phase.unit}.service" ];
          before = [
            "${phase.unit}.service"
            "shutdown.target"
          ];
          conflicts = [ "shutdown.target" ];
          unitConfig = {
            DefaultDependencies = "no";
            ConditionVirtualization = "private-users";
            ConditionPathIsMountPoint = "!${phase.secretsMountPoint}";
          };
          serviceConfig = {
            Type = "oneshot";
            RemainAfterExit = true;
            ExecStart = [
              "${pkgs.coreutils}/bin/mkdir -p ${phase.secretsMountPoint}"
              "${pkgs.util-linux}/bin/mount -t ramfs -o ${flags} ramfs ${phase.secretsMountPoint}"
            ];
          };
        }
      ) phases
    )
  );
}
