# What starts early and reads secrets, and paths that are not at once what they will be.
{
  services.openssh.enable = true;
  users.groups.systemd-network = { };
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.secrets = {
    wifi = { };
    wg = {
      key = "wifi";
      group = "systemd-network";
      mode = "0440";
    };
    token = {
      key = "wifi";
      path = "/secrets/app/token";
    };
    linked = {
      key = "wifi";
      path = "/var/lib/app/token";
    };
    connection = {
      key = "wifi";
      path = "/etc/NetworkManager/system-connections/wifi";
    };
    cleared = {
      key = "wifi";
      path = "/var/cleared/token";
    };
    data = {
      key = "wifi";
      path = "/data/app/token";
    };
  };

  fileSystems."/data" = {
    device = "/srv/data";
    fsType = "none";
    options = [
      "bind"
      "nofail"
    ];
  };
  systemd.tmpfiles.rules = [
    "C /var/lib/iwd/home.psk - - - - /run/secrets/wifi"
    "D /var/cleared 0755 root root -"
  ];
  systemd.services = {
    early-consumer = {
      wantedBy = [ "sysinit.target" ];
      unitConfig.DefaultDependencies = false;
      before = [ "sysinit.target" ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "/usr/bin/wc -c /run/secrets/wifi";
      };
    };
    by-credential = {
      wantedBy = [ "sysinit.target" ];
      unitConfig.DefaultDependencies = false;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        LoadCredential = "wifi:/secrets/app/token";
        ExecStart = "/usr/bin/wc -c \${CREDENTIALS_DIRECTORY}/wifi";
      };
    };
    # It opens a file of its own by a name that stands nowhere.
    early-firewall = {
      wantedBy = [ "sysinit.target" ];
      unitConfig.DefaultDependencies = false;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "/usr/local/bin/early-firewall";
      };
    };
  };
  # Known by their names.
  systemd.services.nftables = {
    wantedBy = [ "sysinit.target" ];
    before = [ "network-pre.target" ];
    unitConfig.DefaultDependencies = false;
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
      ExecStart = "/usr/local/bin/early-firewall";
    };
  };
  systemd.services.firewall = {
    wantedBy = [ "sysinit.target" ];
    before = [ "network-pre.target" ];
    after = [ "systemd-modules-load.service" ];
    unitConfig.DefaultDependencies = false;
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
      ExecStart = "/usr/local/bin/early-firewall";
    };
  };
  systemd.services.systemd-resolved = {
    wantedBy = [ "sysinit.target" ];
    before = [ "sysinit.target" ];
    after = [ "systemd-sysctl.service" ];
    unitConfig.DefaultDependencies = false;
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
      ExecStart = "/usr/local/bin/early-firewall";
    };
  };
  # An ordinary service, as it is on NixOS.
  systemd.services.iwd = {
    wantedBy = [ "multi-user.target" ];
    before = [ "network.target" ];
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
      ExecStart = "/usr/bin/wc -c /var/lib/iwd/home.psk";
    };
  };
  sops.agent.before = [ "early-firewall.service" ];
}
