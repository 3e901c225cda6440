# A machine without its keys, as in a test: made-up values, and no key source.
{
  sops.standIn = true;
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.secrets.wifi = { };
  sops.secrets.password = {
    key = "database/password";
    standIn = "a password of the test";
    neededForUsers = true;
  };
}
