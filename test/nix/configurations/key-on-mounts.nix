# The key lies on a disk of its own that `systemd.mounts` brings, and users need a secret before they are made.
{
  systemd.sysusers.enable = true;
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.age.sshKeyPaths = [ "/persist/etc/ssh/ssh_host_ed25519_key" ];
  sops.secrets.wifi.restartUnits = [ "app.service" ];
  sops.secrets.alice-password.neededForUsers = true;
  systemd.mounts = [
    {
      what = "/srv/persist";
      where = "/persist";
      type = "none";
      options = "bind";
      unitConfig.DefaultDependencies = false;
      after = [ "slow-disk.service" ];
      requires = [ "slow-disk.service" ];
      wantedBy = [ "local-fs.target" ];
      before = [ "local-fs.target" ];
    }
  ];
  systemd.services.slow-disk = {
    unitConfig.DefaultDependencies = false;
    serviceConfig = {
      Type = "oneshot";
      ExecStart = "/usr/bin/sleep 1.5";
    };
  };
  systemd.services.app = {
    wantedBy = [ "multi-user.target" ];
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
      ExecStart = "/usr/bin/wc -c /run/secrets/wifi";
    };
  };
}
