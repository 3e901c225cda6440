# Secrets in a tmpfs, and in a ramfs where a user namespace refuses that.
{
  services.openssh.enable = true;
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.useTmpfs = true;
  sops.secrets.wifi = { };
}
