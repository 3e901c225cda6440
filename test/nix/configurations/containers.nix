# Secrets of containers: one of NixOS with users of its own, and one of podman.
{
  services.openssh.enable = true;
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.containers.web = {
    uidShift = 131072;
    secrets.wifi = { };
    secrets.database = {
      key = "database/password";
      uid = 33;
    };
  };
  sops.containers.cache = {
    bind = false;
    secrets.wifi.restartUnits = [ "podman-cache.service" ];
  };
  systemd.services.podman-cache.serviceConfig.ExecStart = "/bin/true";
}
