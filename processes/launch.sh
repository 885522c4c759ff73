# The common part of ./run and ./load-test/run. They set $root and call these functions.

# Whether help is wanted. It is a file, which needs neither Java nor a build.
wants_help() {
    for argument in "$@"; do
        case $argument in -h | --help) return ;; esac
    done
    return 1
}

# Sets $java to a java 17 or later, $home to its folder, and $version to its exact version.
find_java() {
    java=${JAVA_HOME:+$JAVA_HOME/bin/}java
    properties=$("$java" -XshowSettings:properties -version 2>&1) || properties=
    feature=$(java_property java.specification.version)
    version=$(java_property java.runtime.version)
    home=$(java_property java.home)
    [ "${feature%%.*}" -ge 17 ] 2>/dev/null || reject_java "$java ${feature:+is Java }${feature:-does not run}"
}

java_property() {
    echo "$properties" | sed -n "s/^ *$1 = //p"
}

reject_java() {
    echo "JDK 17 or later is needed, but $1. Set JAVA_HOME to one." >&2
    exit 1
}

# Waits while another start from this folder builds or copies. The programs that this shell starts inherit the lock.
# The system releases it when the last of them has ended, so a Maven that outlives this shell keeps it.
lock() {
    lock=$root/data/starting
    mkdir -p "$root/data"
    exec 9>>"$lock"
    if ! flock -n 9; then
        echo "Waiting for another start from this folder ($(cat "$lock")). It holds $lock." >&2
        flock 9
    fi
    printf %s "process $$" >"$lock"
}

# macOS has Perl, but no flock.
command -v flock >/dev/null ||
    flock() { perl -e 'open L, ">&=9" and flock L, @ARGV > 1 ? 6 : 2 or exit 1' -- "$@"; }

# Builds the jar of a module and the jars that it runs, unless the last build is newer than all sources.
build() {
    built=$root/$1/target/built
    if [ -e "$root/$1/target/$1.jar" ] && is_up_to_date; then
        return
    fi
    [ -x "$home/bin/javac" ] || reject_java "$home has no javac"
    echo "Building. The first time takes some minutes." >&2
    mkdir -p "$root/$1/target"
    touch "$built.begun"
    (
        cd "$root"
        export JAVA_HOME="$home"
        exec ./mvnw -B -ntp -q -pl "$1" -am -Dmaven.test.skip -Dspotless.check.skip package >&2
    ) &
    maven=$!
    trap 'kill "$maven"; wait "$maven"' HUP INT TERM
    printf %s ", Maven $maven" >>"$lock"
    wait "$maven"
    trap - HUP INT TERM
    mv "$built.begun" "$built"
}

# Does not look at the times of jars: the build sets them, and a jar may contain an older one.
is_up_to_date() {
    [ -e "$built" ] &&
        [ -z "$(find "$root"/pom.xml "$root"/*/pom.xml "$root"/*/*/pom.xml "$root"/*/src/main -newer "$built" |
            head -n 1)" ]
}

# Replaces this shell by a module's jar. It runs from a copy named after its contents, which a later build does not
# change. JVM options come before "--", program arguments after it.
run_copy() {
    module=$1
    shift
    copies=$root/data/programs
    copy=$copies/$module-$(cksum <"$root/$module/target/$module.jar" | tr ' ' -)
    mkdir -p "$copies"
    for old in "$copies/$module"-*; do
        [ "$old" = "$copy" ] || in_use "$old" || rm -rf "$old"
    done
    if [ ! -e "$copy" ]; then
        "$java" -XX:TieredStopAtLevel=1 -Djarmode=tools -jar "$root/$module/target/$module.jar" \
            extract --destination "$copy.new" >/dev/null
        mv "$copy.new" "$copy"
    fi
    : >"$copy/used-by-$$"
    # Ends the lock.
    exec 9>&-
    # The first run archives its loaded classes; later runs start from the archive.
    classes=$copy/classes-$version.jsa
    if [ -e "$classes" ]; then
        classes=-XX:SharedArchiveFile=$classes
    else
        classes=-XX:ArchiveClassesAtExit=$classes
    fi
    options=
    while [ "$1" != -- ]; do
        options="$options $1"
        shift
    done
    shift
    # shellcheck disable=SC2086 # several options
    exec "$java" $options "$classes" -Xlog:disable -Xlog:all=error:stderr "-Dkubescaler.root=$root" \
        -jar "$copy/$module.jar" "$@"
}

# Whether a program runs from this copy.
in_use() {
    for user in "$1"/used-by-*; do
        kill -0 "${user##*-}" 2>/dev/null && return
        rm -f "$user"
    done
    return 1
}
