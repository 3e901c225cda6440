# All that a repository holds for this machine; what is set by hand wins.
{
  services.openssh.enable = true;
  services.userborn.enable = true;
  users.users.nginx = {
    isSystemUser = true;
    group = "nginx";
  };
  users.groups.nginx = { };
  sops.repository.path = ../vectors/repository;
  sops.secrets.tls-key.owner = "nginx";
  sops.secrets."vars/per-machine/web/root-password/hash".neededForUsers = true;
  # Beside it, a file of another kind.
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.secrets.wifi = { };
}
