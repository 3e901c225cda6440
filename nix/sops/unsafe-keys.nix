# Warnings about private keys that others than their owner can read or exchange, as far as it shows in the configuration.
# They are used all the same.
{ lib, cfg }:
{
  # Whether a key that lies in the home of a user is one of somebody else.
  inHome,
  # What to write for a key in the store.
  write,
  # Files that are links, by path: where they lead. A Nix path is copied to the store.
  links ? _: null,
}:
let
  isInStore =
    path: lib.path.hasStorePathPrefix (/. + builtins.unsafeDiscardStringContext (toString path));
  keys =
    map (path: {
      option = "sops.age.sshKeyPaths";
      inherit path;
    }) cfg.age.sshKeyPaths
    ++ map (path: {
      option = "sops.gnupg.sshKeyPaths";
      inherit path;
    }) cfg.gnupg.sshKeyPaths
    ++ lib.optional (cfg.age.keyFile != null) {
      option = "sops.age.keyFile";
      path = cfg.age.keyFile;
    };
  home = path: builtins.match "/home/([^/]+)/.*" (toString path);
in
lib.concatMap (
  { option, path }:
  let
    target = links (toString path);
  in
  if isInStore path || target != null && (lib.isPath target || isInStore target) then
    [
      ''
        ${option} names ${toString path}, a private key in the Nix store: everyone can read it.
        Make a new one outside of the store, and write: ${write}
      ''
    ]
  else if inHome && home path != null then
    [
      ''
        ${option} names ${toString path}. ${lib.head (home path)} can read what only this machine should, and can make the key useless.
        Run: install -D -m 0600 ${toString path} /var/lib/sops-nix/${baseNameOf path}
        Write: ${option} = ${
          let
            own = "\"/var/lib/sops-nix/${baseNameOf path}\"";
          in
          if option == "sops.age.keyFile" then own else "[ ${own} ]"
        };
      ''
    ]
  else
    [ ]
) keys
