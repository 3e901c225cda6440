# A persistence module binds the key into its place, from a service of the early boot.
{
  systemd.sysusers.enable = true;
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.age.sshKeyPaths = [ "/etc/ssh/ssh_host_ed25519_key" ];
  sops.secrets.wifi = { };
  sops.secrets.alice-password.neededForUsers = true;
  systemd.services.persist-host-key = {
    wantedBy = [ "local-fs.target" ];
    before = [ "local-fs.target" ];
    unitConfig.DefaultDependencies = false;
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
      ExecStart = [
        "/usr/bin/sleep 1.5"
        "/usr/bin/touch /etc/ssh/ssh_host_ed25519_key"
        "/usr/bin/mount -o bind /persist/etc/ssh/ssh_host_ed25519_key /etc/ssh/ssh_host_ed25519_key"
      ];
    };
  };
}
