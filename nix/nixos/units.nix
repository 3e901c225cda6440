# The units: two that install secrets, one that stays if it is asked for, and a target that other units can name.
{
  config,
  options,
  lib,
  pkgs,
  hostsealPhases,
  hostsealTiming,
  ...
}:
let
  cfg = config.sops;
  phases = hostsealPhases;
  inherit (phases) regular users;
  active = lib.filter (phase: phase.active) [
    users
    regular
  ];
  inherit (import ./keys.nix { inherit lib cfg; }) identities;
  timing = hostsealTiming;
  early = import ./early.nix { inherit config lib cfg; };
  byUnit = phase: if phase.unit == users.unit then timing.byUnit.users else timing.byUnit.regular;

  # Other modules generate some of the keys. Those units come first, and early enough for ours.
  openssh = config.services.openssh;
  hostKeys =
    lib.intersectLists (map toString cfg.age.sshKeyPaths) (
      map (key: toString key.path) openssh.hostKeys
    ) != [ ];
  generatesHostKeys = (regular.active || containers != [ ]) && hostKeys && openssh.generateHostKeys or false;
  # Not before users are made: ssh-keygen does nothing without them, and a key that is new opens nothing anyway.
  generators =
    phase:
    lib.optional (generatesHostKeys && phase.unit != users.unit) "sshd-keygen.service"
    ++ lib.optional generatesAgeKey "sops-generate-age-key.service";
  generatesAgeKey = cfg.age.generateKey && cfg.age.keyFile != null;

  # Not After=sysinit.target, as is the default: other units count on the secrets from there on.
  atAnyTime = {
    unitConfig.DefaultDependencies = "no";
    conflicts = [ "shutdown.target" ];
    before = [ "shutdown.target" ];
  };
  isOurs = lib.getName cfg.package == "hostseal-agent";
  order = import ./order.nix {
    inherit
      config
      lib
      cfg
      timing
      regular
      ;
  };
  inherit (order) beforeSysinit;

  # Since version 256: a key whose file system cannot be mounted is a key that is missing, and others may do.
  mountsOfKeys =
    if lib.versionAtLeast (config.systemd.package.version or "256") "256" then
      {
        RequiresMountsFor = [ ];
        WantsMountsFor = identities;
      }
    else
      { RequiresMountsFor = identities; };
  bringers = early.bringers identities;

  agent =
    phase:
    lib.recursiveUpdate atAnyTime {
      after = generators phase ++ bringers;
      wants = generators phase;
      environment =
        lib.mapAttrs (_: toString) cfg.environment
        // lib.optionalAttrs (cfg.environment ? PATH) {
          # `path` below sets the same variable; what the user wrote wins.
          PATH = lib.mkForce (toString cfg.environment.PATH);
        }
        // {
          SOPS_RESTART_UNITS_VIA_SYSTEMCTL = "1";
        };
      path = cfg.age.plugins;
      unitConfig = mountsOfKeys // {
        RequiresMountsFor = [ phase.secretsMountPoint ] ++ mountsOfKeys.RequiresMountsFor;
      };
      # Another program may need what ours does not: the program of sops-nix leaves modes to the umask, and asks key
      # services over the network.
      serviceConfig = lib.optionalAttrs isOurs (
        import ./hardening.nix {
          inherit lib cfg;
          phases = [ phase ];
        }
      );
    };

  memory = import ./mounts.nix {
    inherit
      lib
      pkgs
      config
      options
      cfg
      ;
    phases = active ++ containers;
  };
  containers = lib.attrValues cfg.containerPhases;
  # Not before sysinit.target: a container is no early unit.
  ofContainer =
    name: phase:
    lib.nameValuePair phase.unit (
      lib.mkMerge [
        (agent phase)
        {
          description = "Install Secrets of the Container ${name}";
          wantedBy = [
            "multi-user.target"
            "sysinit-reactivation.target"
          ];
          after = order.after;
          before = map (unit: "${unit}.service") [
            "container@${name}"
            "podman-${name}"
            "docker-${name}"
          ];
          serviceConfig = oneshot phase;
        }
      ]
    );

  later =
    if isOurs && regular.active && !timing.isReplaced then
      import ./later-units.nix {
        inherit lib;
        agent = agent regular;
        command = "${cfg.package}/bin/sops-install-secrets ${regular.manifest}";
        latePaths = import ./late-paths.nix { inherit config lib cfg; };
      }
    else
      {
        environment = { };
        environmentOfResident = { };
        services = { };
      };

  oneshot =
    phase:
    {
        Type = "oneshot";
        RemainAfterExit = true;
        # The network waits for it.
        TimeoutStartSec = lib.mkDefault "90s";
        ExecStart = [
          "${cfg.package}/bin/sops-install-secrets ${phase.flags}${phase.manifest}"
        ];
      }
      # A key that comes late. Boot goes on meanwhile.
      // lib.optionalAttrs isOurs {
        Restart = lib.mkDefault "on-failure";
        RestartSec = lib.mkDefault "10s";
        # 65: nothing helps but another configuration. 7: all that is required is there.
        RestartPreventExitStatus = lib.mkDefault "7 65";
      };

  install =
    phase:
    lib.recursiveUpdate (agent phase) {
      requiredBy = lib.optional (byUnit phase) "sysinit-reactivation.target";
      wants = (agent phase).wants ++ lib.optionals (phase.unit == regular.unit) order.wants;
      before =
        atAnyTime.before
        ++ (if phase.unit == regular.unit then order.before else [ "sysinit.target" ])
        ++ [
          "sysinit-reactivation.target"
          "sops-secrets.target"
        ];
      serviceConfig = oneshot phase;
    };
in
{
  config = lib.mkMerge [
    {
      systemd.targets.sops-secrets = lib.recursiveUpdate atAnyTime {
        description = "Secrets Installed";
        wantedBy = [ "sysinit.target" ];
        before = atAnyTime.before ++ beforeSysinit;
        # Wanted and not required: a secret that failed is a matter of those who use it, not of all.
        wants = map (phase: "${phase.unit}.service") (lib.filter byUnit active);
        after = map (phase: "${phase.unit}.service") active;
      };
      systemd.mounts = memory.mounts;
      systemd.services = memory.services;
    }

    # Known by name even where a script does the work: a unit that requires this one must not fail for its absence.
    (lib.mkIf regular.active {
      systemd.services.sops-install-secrets = lib.mkMerge [
        (install regular)
        {
          description = lib.mkDefault "Install Secrets";
          wantedBy = lib.optional timing.byUnit.regular "sysinit.target";
          inherit (later) environment;
          after = order.after;
        }
      ];
    })

    { systemd.services = later.services // lib.mapAttrs' ofContainer cfg.containerPhases; }

    (lib.mkIf users.active {
      systemd.services.sops-install-secrets-for-users = lib.mkMerge [
        (install users)
        {
          description = lib.mkDefault "Install Secrets for Users";
          # userborn.service has this name as well.
          wantedBy = lib.optional timing.byUnit.users "systemd-sysusers.service";
          before = [
            "systemd-sysusers.service"
            "userborn.service"
          ];
        }
      ];
    })

    (lib.mkIf (active ++ containers != [ ] && generatesAgeKey) {
      systemd.services.sops-generate-age-key = lib.recursiveUpdate atAnyTime {
        description = "Generate the Age Key of This Machine";
        after = [ "systemd-remount-fs.service" ];
        unitConfig.RequiresMountsFor = [ cfg.age.keyFile ];
        unitConfig.ConditionPathExists = "!${cfg.age.keyFile}";
        serviceConfig = {
          Type = "oneshot";
          UMask = "0077";
          ExecStart = [
            "${pkgs.coreutils}/bin/mkdir -p ${dirOf cfg.age.keyFile}"
            "${lib.getExe' pkgs.age "age-keygen"} -o ${cfg.age.keyFile}"
          ];
        };
      };
    })

    (lib.mkIf generatesHostKeys {
      # It runs after sysinit.target otherwise, and ours before: systemd would have to drop one of the two.
      systemd.services.sshd-keygen = {
        conflicts = [ "shutdown.target" ];
        before = [ "shutdown.target" ];
        after = [
          "systemd-remount-fs.service"
          "systemd-sysusers.service"
          "userborn.service"
        ];
        unitConfig.DefaultDependencies = lib.mkDefault "no";
        unitConfig.RequiresMountsFor = map (key: toString key.path) openssh.hostKeys;
      };
    })

    (lib.mkIf (regular.active && cfg.agent.watch) {
      systemd.services.hostseal-agent = lib.mkMerge [
        (agent regular)
        {
          description = "Keep Secrets Installed";
          environment = later.environmentOfResident;
          wantedBy = [ "multi-user.target" ];
          after = [ "sops-install-secrets.service" ];
          serviceConfig = {
            Type = "notify-reload";
            # The agent writes to the socket itself, through a descriptor that systemd opens for it.
            OpenFile = "/run/systemd/notify:sdnotify";
            NotifyAccess = "main";
            WatchdogSec = "60s";
            Restart = "on-failure";
            RestartSec = "10s";
            # Nothing helps but another configuration.
            RestartPreventExitStatus = "65";
            ExecStart = "${cfg.package}/bin/hostseal-agent run ${regular.manifest}";
          };
        }
      ];
    })
  ];
}
