package io.kubescaler.local;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.be;
import static com.tngtech.archunit.lang.conditions.ArchConditions.onlyDependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.GeneralCodingRules;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.stereotype.Controller;

/** What the code of all modules holds to. ArchUnit fails a rule that finds nothing to look at. */
class ArchitectureTest {

    private static final List<String> MODULES = List.of(
            "api",
            "client",
            "processes",
            "backing",
            "redlock",
            "service",
            "access",
            "webflux",
            "schema",
            "base-service",
            "main-service",
            "stream-service",
            "load-test",
            "local");

    private static final DescribedPredicate<JavaClass> IN_A_NULL_MARKED_PACKAGE = DescribedPredicate.describe(
            "in a @NullMarked package", type -> type.getPackage().isAnnotatedWith(NullMarked.class));

    private static JavaClasses code;

    @BeforeAll
    static void readTheClassesOfAllModules() {
        List<Path> folders = MODULES.stream()
                .map(module -> Path.of(System.getProperty("kubescaler.root"), module, "target", "classes", "io"))
                .toList();
        assertThat(folders).allSatisfy(folder -> assertThat(folder).isDirectory());
        code = new ClassFileImporter().importPaths(folders);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.kubescaler.(**)").should().beFreeOfCycles().check(code);
    }

    @Test
    void servicesSpeakToEachOtherOverTheWireOnly() {
        slices().matching("io.kubescaler.(*)..")
                .should()
                .notDependOnEachOther()
                .ignoreDependency(
                        alwaysTrue(),
                        resideInAnyPackage(
                                "io.kubescaler.api..",
                                "io.kubescaler.redlock..",
                                "io.kubescaler.service..",
                                "io.kubescaler.access..",
                                "io.kubescaler.webflux..",
                                "io.kubescaler.schema..",
                                "io.kubescaler.processes.."))
                .check(code);
    }

    /** Not of a web stack, or it would be of no use to services of the other one. */
    @Test
    void theSharedModuleUsesNoServiceAndNoWebStack() {
        classes()
                .that()
                .resideInAPackage("io.kubescaler.service..")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                                "io.kubescaler.service..",
                                "io.kubescaler.api..",
                                "io.kubescaler.redlock..",
                                "java..",
                                "org.springframework..",
                                "io.micrometer..",
                                "jakarta.validation..",
                                "org.hibernate.validator..",
                                "tools.jackson..",
                                "org.jspecify..",
                                "org.slf4j..")
                        .and(not(resideInAnyPackage(
                                "org.springframework.web.servlet..",
                                "org.springframework.web.reactive..",
                                "org.springframework.web.server..",
                                "org.springframework.cloud.."))))
                .check(code);
    }

    /** The rules of each service, which need its web stack, are in the package {@code access} of the service. */
    @Test
    void accessIsDecidedWithoutAWebStack() {
        classes()
                .that()
                .resideInAPackage("io.kubescaler.access..")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                                "io.kubescaler.access..",
                                "io.kubescaler.service..",
                                "io.kubescaler.api..",
                                "java..",
                                "org.springframework..",
                                "com.github.benmanes.caffeine..",
                                "com.nimbusds..",
                                "jakarta.validation..",
                                "org.hibernate.validator..",
                                "org.jspecify..",
                                "org.slf4j..")
                        .and(not(resideInAnyPackage(
                                "org.springframework.web.servlet..",
                                "org.springframework.web.reactive..",
                                "org.springframework.web.server..",
                                "org.springframework.security.web..",
                                "org.springframework.security.oauth2.server.resource.web..",
                                "org.springframework.cloud.."))))
                .check(code);
    }

    /** Where it is not used, it must not decide. */
    @Test
    void onlyThePackagesOfAccessUseSpringSecurity() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "io.kubescaler.access..", "io.kubescaler.main.access..", "io.kubescaler.stream.access..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.springframework.security..")
                .check(code);
    }

    @ParameterizedTest
    @ValueSource(strings = {"io.kubescaler.schema..", "io.kubescaler.processes..", "io.kubescaler.client.."})
    void lowerLayersUseNoOtherThanApi(String layer) {
        noClasses()
                .that()
                .resideInAPackage(layer)
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.kubescaler..")
                        .and(not(resideInAnyPackage(layer, "io.kubescaler.api.."))))
                .check(code);
    }

    @Test
    void onlyMainCallsBaseByFeign() {
        classes()
                .that()
                .resideOutsideOfPackage("io.kubescaler.main..")
                .should(onlyDependOnClassesThat(
                        not(resideInAnyPackage("org.springframework.cloud.openfeign..", "feign.."))))
                .check(code);
    }

    @Test
    void theLockKnowsNothingButRedis() {
        classes()
                .that()
                .resideInAPackage("io.kubescaler.redlock..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.kubescaler.redlock..",
                        "java..",
                        "javax.net.ssl..",
                        "org.redisson..",
                        "io.netty..", // Redisson's threads
                        "org.jspecify..",
                        "org.slf4j..")
                .check(code);
    }

    @Test
    void theAlgorithmOfTheLockKnowsNoClientOfRedis() {
        classes()
                .that()
                .resideInAPackage("io.kubescaler.redlock")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.kubescaler.redlock", "java..", "org.jspecify..", "org.slf4j..")
                .check(code);
    }

    @Test
    void apiNeedsNoLibrary() {
        classes()
                .that()
                .resideInAPackage("io.kubescaler.api..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.kubescaler.api..", "java..", "org.jspecify..")
                .check(code);
    }

    @Test
    void everyPackageIsNullMarked() {
        classes().should(be(IN_A_NULL_MARKED_PACKAGE)).check(code);
    }

    @Test
    void controllersAreForTheirPackageOnly() {
        classes()
                .that()
                .areMetaAnnotatedWith(Controller.class)
                .should()
                .bePackagePrivate()
                .check(code);
    }

    @Test
    void settingsAreRecords() {
        classes()
                .that()
                .areAnnotatedWith(ConfigurationProperties.class)
                .should()
                .beRecords()
                .check(code);
    }

    @Test
    void nothingIsInjectedIntoFields() {
        GeneralCodingRules.NO_CLASSES_SHOULD_USE_FIELD_INJECTION.check(code);
    }

    @Test
    void objectsHideTheirFields() {
        fields().that().areNotStatic().should().notBePublic().check(code);
        noFields().that().areStatic().and().areNotFinal().should().bePublic().check(code);
    }

    @Test
    void everyNameSaysWhatItIsFor() {
        noClasses()
                .should()
                .haveNameMatching(".*(Util|Utils|Helper|Manager|Common|Impl)")
                .check(code);
    }

    @Test
    void nothingLogsPastSlf4j() {
        GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING.check(code);
    }

    /** But for what waits on a thread that nothing else needs. */
    @Test
    void nothingSleeps() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("io.kubescaler.processes.Services")
                .and()
                .doNotHaveFullyQualifiedName("io.kubescaler.schema.Transactions")
                .and()
                .doNotHaveFullyQualifiedName("io.kubescaler.redlock.redisson.RedissonConnection")
                .and()
                .doNotHaveFullyQualifiedName("io.kubescaler.stream.message.RedisMessages")
                .and()
                .doNotHaveFullyQualifiedName("io.kubescaler.stream.session.Drain")
                .should()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .callMethod(TimeUnit.class, "sleep", long.class)
                .check(code);
    }
}
