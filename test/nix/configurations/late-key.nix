# The key comes after the first boot. What needs the secret has failed by then; something else was stopped by hand.
{
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.age.sshKeyPaths = [ "/etc/ssh/ssh_host_ed25519_key" ];
  sops.agent.watch = true;
  sops.secrets.wifi.restartUnits = [
    "app.service"
    "stopped.service"
  ];
  systemd.services.app = {
    wantedBy = [ "multi-user.target" ];
    serviceConfig = {
      LoadCredential = "wifi:/run/secrets/wifi";
      ExecStart = "/usr/bin/sleep infinity";
    };
  };
  systemd.services.stopped = {
    wantedBy = [ "multi-user.target" ];
    serviceConfig.ExecStart = "/usr/bin/sleep infinity";
  };
}
