# The common part of ./run and ./load-test/run. They set $root and call these functions.

# Sets $java to a java 17 or later.
find_java() {
    java=${JAVA_HOME:+$JAVA_HOME/bin/}java
    version=$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.specification.version = //p')
    if [ "${version%%.*}" -ge 17 ] 2>/dev/null; then
        return
    fi
    echo "JDK 17 or later is needed, but $java ${version:+is Java }${version:-does not run}. Set JAVA_HOME to one." >&2
    exit 1
}

# Builds the jar of a module and the jars that it runs, unless all are newer than their sources.
build() {
    built=$root/$1/target/built
    if [ -e "$root/$1/target/$1.jar" ] && is_up_to_date; then
        return
    fi
    echo "Building. The first time takes some minutes." >&2
    mkdir -p "$root/$1/target"
    touch "$built.begun"
    (cd "$root" && ./mvnw -B -ntp -q -pl "$1" -am -Dmaven.test.skip -Dspotless.check.skip package >&2)
    mv "$built.begun" "$built"
}

# The build keeps the time of an unchanged jar, so the time of the last build counts, too.
is_up_to_date() {
    for sources in "$root"/*/src/main; do
        name=${sources%/src/main}
        name=${name##*/}
        since=$root/$name/target/$name.jar
        [ -e "$since" ] || continue
        [ ! "$built" -nt "$since" ] || since=$built
        newer=$(find "$root/pom.xml" "$root/$name/pom.xml" "$root/$name/src/main" -newer "$since" | head -n 1)
        [ -z "$newer" ] || return 1
    done
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
    if [ ! -e "$copy/$module.jar" ]; then
        "$java" -XX:TieredStopAtLevel=1 -Djarmode=tools -jar "$root/$module/target/$module.jar" \
            extract --destination "$copy.$$" >/dev/null
        mkdir -p "$copy"
        cp -R "$copy.$$/." "$copy"
        rm -rf "$copy.$$"
    fi
    : >"$copy/used-by-$$"
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
