# The public keys of this machine, where the configuration has them: it is one of its own known hosts. Only where that is
# certain to be all that opens its secrets, for a build fails by it.
{
  config,
  lib,
  cfg,
}:
let
  name = config.networking.hostName;
  domain = config.networking.domain or null;
  names = [ name ] ++ lib.optional (domain != null) "${name}.${domain}";
  hosts = lib.filter (
    host:
    !(host.certAuthority or false)
    && (host.publicKey or null) != null
    && lib.intersectLists names (host.hostNames or [ ]) != [ ]
  ) (lib.attrValues (config.programs.ssh.knownHosts or { }));

  # A key with its type: what is in the configuration as the path of a host key has a public key of that type.
  publicKeysOf =
    path:
    let
      types = map (key: key.type) (
        lib.filter (key: toString key.path == toString path) config.services.openssh.hostKeys
      );
    in
    lib.concatMap (
      type: map (host: host.publicKey) (lib.filter (host: lib.hasPrefix "ssh-${type} " host.publicKey) hosts)
    ) types;
  keys = map publicKeysOf (cfg.age.sshKeyPaths ++ cfg.gnupg.sshKeyPaths);
in
# Another kind of key may open what these do not.
if
  cfg.age.keyFile == null
  && cfg.gnupg.home == null
  && !lib.any (lib.hasPrefix "SOPS_") (lib.attrNames cfg.environment)
  && lib.all (known: known != [ ]) keys
then
  lib.unique (lib.concatLists keys)
else
  [ ]
