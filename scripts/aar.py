#!/usr/bin/env python3
"""Pack an Android library (AAR): the classes of a JAR, and native libraries by ABI.

usage: aar.py CLASSES.jar JNI_FOLDER MIN_SDK OUT.aar

The layout is that of https://developer.android.com/studio/projects/android-library#aar-contents.
"""

import io
import pathlib
import sys
import zipfile

MANIFEST = """\
<manifest xmlns:android="http://schemas.android.com/apk/res/android" package="libvoice">
    <uses-sdk android:minSdkVersion="{}" />
</manifest>
"""

# Rules for the app's shrinker. JNA finds functions, fields and callbacks by their names.
RULES = """\
-keep class com.sun.jna.** { *; }
-keep class libvoice.c.** { *; }
-dontwarn java.awt.**
"""


def classes(jar):
    """Return the classes of the library, without the command line, which uses APIs that Android lacks."""
    packed = io.BytesIO()
    with zipfile.ZipFile(jar) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            wanted = name.endswith(".class") or name.endswith(".kotlin_module")
            if wanted and not name.startswith("libvoice/cli/"):
                target.writestr(name, source.read(name))
    return packed.getvalue()


def main(jar, jni, min_sdk, out):
    jni = pathlib.Path(jni)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as aar:
        aar.writestr("AndroidManifest.xml", MANIFEST.format(int(min_sdk)))
        aar.writestr("classes.jar", classes(jar))
        aar.writestr("R.txt", "")
        aar.writestr("proguard.txt", RULES)
        for library in sorted(jni.glob("*/*.so")):
            aar.write(library, f"jni/{library.parent.name}/{library.name}")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
