# What happens when something cannot be had, and a machine whose public key is known.
{
  services.openssh.enable = true;
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.onFailure = "omit";
  sops.machineRecipients = [
    "age16zv20vw5gwg6767pw2c07lv97j9l4emcwzluq5kgln58n900ly5s2ajte0"
  ];
  sops.secrets = {
    wifi.onFailure = "abort";
    password = {
      key = "database/password";
      optional = true;
      allowEmpty = true;
      hashed = "sha512crypt";
    };
    port = {
      key = "database/port";
    };
  };
  sops.templates.motd = {
    content = "nothing secret";
    optional = true;
  };
}
