package io.kubescaler.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class MigrationTest {

    @Test
    void readsStatementsWithoutTheirComments() {
        Migration migration = Migration.parse("V12__add_names.cql", """
                -- A comment; with a semicolon.
                CREATE TABLE a (
                    id uuid PRIMARY KEY
                );

                DROP TABLE b;
                """);

        assertThat(migration.version()).isEqualTo(12);
        assertThat(migration.description()).isEqualTo("add names");
        assertThat(migration.statements())
                .containsExactly("CREATE TABLE a (\n    id uuid PRIMARY KEY\n)", "DROP TABLE b");
    }

    @Test
    void tellsFromItsNameWhetherAStepContracts() {
        assertThat(Migration.parse("V2__drop_names.contract.cql", ""))
                .isEqualTo(new Migration(2, "drop names", true, List.of()));
        assertThat(Migration.parse("V2__contract.cql", "")).isEqualTo(new Migration(2, "contract", false, List.of()));
    }

    @Test
    void refusesAFileWithoutAVersion() {
        assertThatThrownBy(() -> Migration.parse("users.cql", ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("users.cql");
    }

    @Test
    void numbersTheStepsOfThisProgramWithoutAGap() {
        assertThat(Migration.all())
                .isNotEmpty()
                .extracting(Migration::version)
                .first()
                .isEqualTo(1);
        assertThat(Migration.all())
                .last()
                .extracting(Migration::version)
                .isEqualTo(Migration.all().size());
    }
}
