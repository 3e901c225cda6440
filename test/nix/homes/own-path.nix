# A PATH that the user sets wins, and so does a GnuPG key in another qube.
{
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.gnupg.qubes-split-gpg = {
    enable = true;
    domain = "vault-gpg";
  };
  sops.environment.PATH = "/usr/bin";
  sops.secrets.wifi = { };
}
