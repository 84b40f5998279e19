# Says what the Node of node_modules lacks on this machine, before something is started with it.
said=$(node --version 2>&1) && exit 0
case $said in
  *libatomic*)
    echo 'Node needs the library libatomic.so.1, which this machine lacks. Install it:'
    echo '  Debian, Ubuntu: apt-get install libatomic1; Fedora, RHEL: dnf install libatomic; Alpine: apk add libatomic'
    ;;
  *) echo "Node does not run: $said" ;;
esac >&2
exit 1
