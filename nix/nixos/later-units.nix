# Units that install once more, for the paths that were not yet what they are now. The secrets themselves are there
# already, so nothing changes but links.
{
  lib,
  agent,
  command,
  latePaths,
}:
let
  inherit (latePaths) afterTmpfiles afterMounts;
  inherit (import ./file-systems.nix { inherit lib; }) mountUnit;
  allOn = lib.concatLists (lib.attrValues afterMounts);
  notYet = paths: lib.optionalAttrs (paths != [ ]) { HOSTSEAL_NOT_YET = lib.concatStringsSep ":" paths; };

  once =
    waiting: settings:
    lib.mkMerge [
      agent
      {
        description = lib.mkDefault "Put Secrets in Their Places";
        after = [ "sops-install-secrets.service" ];
        environment = notYet waiting;
        serviceConfig = {
          Type = "oneshot";
          TimeoutStartSec = lib.mkDefault "90s";
          ExecStart = [ command ];
          Restart = lib.mkDefault "on-failure";
          RestartSec = lib.mkDefault "10s";
          RestartPreventExitStatus = lib.mkDefault "7 65";
        };
      }
      settings
    ];
in
{
  # What the first run leaves alone, and what the agent that stays does: whether it is mounted is not for them to know.
  environment = notYet (afterTmpfiles ++ allOn);
  environmentOfResident = notYet allOn;

  services =
    lib.optionalAttrs (afterTmpfiles != [ ]) {
      sops-install-secrets-after-tmpfiles = once allOn {
        wantedBy = [ "sysinit.target" ];
        requiredBy = [ "sysinit-reactivation.target" ];
        after = [
          "systemd-tmpfiles-setup.service"
          "systemd-tmpfiles-resetup.service"
        ];
        before = [
          "sysinit.target"
          "sysinit-reactivation.target"
          "sops-secrets.target"
        ];
        serviceConfig.RemainAfterExit = true;
      };
    }
    // lib.mapAttrs' (
      where: paths:
      lib.nameValuePair
        "sops-install-secrets-on-${lib.removeSuffix ".mount" (mountUnit where)}"
        (
          once (lib.subtractLists paths allOn) {
            # Whenever it is mounted, and at a switch if it is.
            wantedBy = [
              (mountUnit where)
              "sysinit-reactivation.target"
            ];
            after = [
              (mountUnit where)
              "systemd-tmpfiles-setup.service"
            ];
            unitConfig.ConditionPathIsMountPoint = where;
          }
        )
    ) afterMounts;
}
