# The key lies on a disk that boot does not wait for.
{
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.age.sshKeyPaths = [ "/persist/etc/ssh/ssh_host_ed25519_key" ];
  sops.secrets.wifi = { };
  fileSystems."/persist" = {
    device = "/srv/persist";
    fsType = "none";
    options = [
      "bind"
      "nofail"
    ];
  };
}
