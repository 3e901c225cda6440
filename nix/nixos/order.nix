# Where the unit that installs the secrets stands in the boot: before everything that may need one early, unless the
# configuration puts it behind something that comes later.
{
  config,
  lib,
  cfg,
  timing,
  regular,
}:
let
  early = import ./early.nix { inherit config lib cfg; };
  remote = import ./remote.nix { inherit config lib cfg; };

  # Why it has to come late. Together with an early place that would be a circle, out of which systemd leaves a unit at
  # random.
  gates = timing.late ++ early.reachesNetwork ++ remote.keys;
  isEarly = !regular.active || gates == [ ];
  isOurs = lib.getName cfg.package == "hostseal-agent";

  inherit (import ./file-systems.nix { inherit lib; }) mountUnit;
in
{
  inherit gates isEarly;

  beforeSysinit = lib.optional isEarly "sysinit.target";

  before =
    lib.optionals isEarly (
      [ "sysinit.target" ]
      # Another program may want the network.
      ++ lib.optionals isOurs (early.before ++ early.computed)
      ++ map mountUnit timing.mountsToComeBefore
    )
    ++ cfg.agent.before;

  # Passive: nobody orders file systems of the network after it unless somebody wants it.
  wants = lib.optional (isEarly && isOurs) "remote-fs-pre.target";

  after =
    lib.optional (timing.mountsToComeBefore == [ ]) "local-fs.target"
    ++ [
      "systemd-sysusers.service"
      "userborn.service"
    ];

  # Early units that may start without their secrets.
  losers = lib.optionals (!isEarly) early.computed;
}
