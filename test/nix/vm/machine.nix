# The machine that the test vectors are encrypted for: its SSH host key is a throw-away one of this folder.
{
  imports = [ ../../../nix/nixos ];

  services.openssh.enable = true;
  services.openssh.hostKeys = [
    {
      type = "ed25519";
      path = "/etc/ssh/ssh_host_ed25519_key";
    }
  ];
  environment.etc."ssh/ssh_host_ed25519_key" = {
    source = ../vectors/ssh_host_ed25519_key;
    mode = "0600";
  };

  sops.defaultSopsFile = ../vectors/secrets.yaml;
}
