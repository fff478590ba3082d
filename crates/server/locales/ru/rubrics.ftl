# Критерии: по чему оцениваем, и что изменится от правки

rubrics-title = Критерии
rubrics-note = { $count ->
    [one] { $shown } набор
    [few] { $shown } набора
   *[many] { $shown } наборов
}
rubrics-new = Новый набор
rubrics-col-set = Набор
rubrics-col-criteria = Критериев
rubrics-col-revision = Редакция
rubrics-default = по умолчанию
rubrics-builtin = встроенный
rubrics-own = свой
rubrics-broken-title = Набор критериев с ошибкой не читается
rubric-criteria-count = { $count ->
    [one] { $shown } критерий
    [few] { $shown } критерия
   *[many] { $shown } критериев
}

rubric-new-title = Новый набор критериев
rubric-back = Критерии
rubric-text = Текст набора, TOML
rubric-text-help = Проверяем, пока вы пишете. Строка и поле названы в каждом замечании.
rubric-check = Проверить
rubric-save = Сохранить редакцию
rubric-builtin-note = Набор встроен в программу. Сохранённая правка станет вашим набором с тем же id и заменит встроенный.
rubric-errors = { $count ->
    [one] { $shown } ошибка
    [few] { $shown } ошибки
   *[many] { $shown } ошибок
}
rubric-warnings = { $count ->
    [one] { $shown } замечание
    [few] { $shown } замечания
   *[many] { $shown } замечаний
}
rubric-good = Ошибок нет
rubric-line = строка { $line }
rubric-preview = Как это увидят
rubric-preview-none = Предпросмотр появится, когда в тексте не будет ошибок.
rubric-weight = вес { $weight }
rubric-no-weight = без баллов
rubric-critical = критичный
rubric-cap = не выше { $cap }
rubric-by-rules = правила
rubric-needs-model = нужна модель
rubric-kind-score = баллы { $low }–{ $high }
rubric-kind-flag = да или нет
rubric-kind-choice = выбор
rubric-kind-text = текст
rubric-kind-list = список
rubric-kind-number = число
rubric-test = Проверить на звонках
rubric-test-note = Оценим заново последние звонки этим текстом и сравним. Ничего не сохраняется.
rubric-test-limit = Сколько звонков
rubric-test-go = Сравнить
rubric-test-busy = Сравниваем…
rubric-test-none = Сравнивать не с чем: нет звонков с расшифровкой.
rubric-test-errors = Сначала исправьте ошибки в тексте.
rubric-test-title = Было и стало
rubric-test-calls = { $count ->
    [one] { $shown } звонок
    [few] { $shown } звонка
   *[many] { $shown } звонков
}
rubric-test-mean-old = Было в среднем
rubric-test-mean-new = Станет в среднем
rubric-test-better = Выросло
rubric-test-worse = Снизилось
rubric-test-same = Не изменилось
rubric-test-cost = Обошлось в { $money }
rubric-test-free = Бесплатно: разбор на этом компьютере
rubric-col-call = Звонок
rubric-col-old = Было
rubric-col-new = Стало
rubric-col-change = Разница
rubric-col-moved = Что изменилось
rubric-test-failed = Не вышло: { $reason }
rubric-test-paid-title = Сравнение платное
rubric-test-paid = Оценивает { $engine }: каждый звонок оплачивается как обычный разбор.

rubric-not-saved-title = Не сохранено: в тексте ошибки
rubric-not-saved-text = Исправьте отмеченные строки. Прежняя редакция действует.
rubric-id-changed = id изменён: сохранится новый набор «{ $id }», прежний останется
rubrics-col-critical = Критичных
done-rubric-saved = Новая редакция сохранена. Старые оценки остались при своей
done-rubric-same = Изменений нет: эта редакция уже сохранена
rubrics-col-for = Для чего
