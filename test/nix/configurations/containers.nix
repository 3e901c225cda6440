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
  sops.containers.cache.secrets.wifi.restartUnits = [ "podman-cache.service" ];
  virtualisation.oci-containers.containers.cache.volumes = [
    "/run/secrets-container-cache.d:/run/secrets-container-cache.d:ro"
  ];
  systemd.services.podman-cache.serviceConfig.ExecStart = "/bin/true";
}
