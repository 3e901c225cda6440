# One secret that cannot be opened harms nobody else, and the unit says which it is.
{
  name = "hostseal-one-bad-secret";

  nodes.machine = {
    imports = [ ./machine.nix ];
    # It is addressed to another machine, which a build would have noticed.
    sops.validateSopsFiles = false;
    sops.secrets.wifi = { };
    sops.secrets.foreign = {
      sopsFile = ../vectors/repository/sops/secrets/db-backup/secret;
      format = "binary";
    };
  };

  testScript = ''
    machine.wait_for_unit("multi-user.target")
    assert machine.succeed("cat /run/secrets/wifi") == "CANARY wifi"
    machine.fail("test -e /run/secrets/foreign")
    machine.succeed("systemctl is-failed sops-install-secrets.service")
    machine.succeed("systemctl is-active sops-secrets.target")
    machine.succeed("journalctl -u sops-install-secrets.service | grep foreign")
    machine.fail("journalctl | grep CANARY")
  '';
}
