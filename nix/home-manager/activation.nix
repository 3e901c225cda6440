# Installs the secrets when a home is activated: by the unit where a user manager runs, so that they are the ones it
# knows of, and directly where there is none but there is a place for them.
{
  config,
  lib,
  linux,
  script,
}:
let
  inherit (config.sops) environment;
  exports = lib.concatStrings (
    lib.mapAttrsToList (name: value: "  export ${name}=${lib.escapeShellArg value}\n") environment
  );

  systemctl = config.systemd.user.systemctlPath;
  systemd = ''
    systemdStatus=$(${systemctl} --user is-system-running 2>&1 || true)
    runtimeDirectory=''${XDG_RUNTIME_DIR:-/run/user/$(id -u)}

    if [[ $systemdStatus == 'running' || $systemdStatus == 'degraded' ]]; then
      run ${systemctl} restart --user sops-nix
    elif [[ $systemdStatus == 'starting' || $systemdStatus == 'initializing' || ! -d $runtimeDirectory ]]; then
      echo "User systemd daemon not running. Probably executed on boot where no manual start/reload is needed."
    else
      echo "User systemd daemon not running. Installing secrets without it."
      (
      export XDG_RUNTIME_DIR=$runtimeDirectory
    ${exports}  run ${script}
      )
    fi

    unset systemdStatus runtimeDirectory
  '';

  domain = "gui/$(id -u ${config.home.username})";
  launchd = ''
    /bin/launchctl bootout ${domain}/org.nix-community.home.sops-nix && true
    /bin/launchctl bootstrap ${domain} ${config.home.homeDirectory}/Library/LaunchAgents/org.nix-community.home.sops-nix.plist
  '';
in
# After the manager has read the new units, or it would start the old one.
if linux then
  lib.hm.dag.entryAfter [ "reloadSystemd" ] systemd
else
  lib.hm.dag.entryAfter [ "setupLaunchAgents" ] launchd
