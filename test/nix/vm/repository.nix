# All secrets and vars that a repository addresses to the machine are there, and those of others are not.
{
  name = "hostseal-repository";

  nodes.machine = {
    imports = [ ./machine.nix ];
    networking.hostName = "web";
    sops.repository.path = ../vectors/repository;
  };

  testScript = ''
    machine.wait_for_unit("multi-user.target")
    assert machine.succeed("cat /run/secrets/api-token") == "CANARY api-token"
    assert machine.succeed("cat /run/secrets/tls-key") == "CANARY tls-key"
    assert machine.succeed("cat /run/secrets/vars/shared/ca/key") == "CANARY key"
    machine.fail("test -e /run/secrets/db-backup")
  '';
}
